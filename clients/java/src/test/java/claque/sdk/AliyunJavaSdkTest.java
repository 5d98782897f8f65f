package claque.sdk;

import claque.junit.ClaqueTest;
import claque.junit.World;
import com.aliyuncs.AcsRequest;
import com.aliyuncs.AcsResponse;
import com.aliyuncs.CommonRequest;
import com.aliyuncs.DefaultAcsClient;
import com.aliyuncs.IAcsClient;
import com.aliyuncs.exceptions.ClientException;
import com.aliyuncs.http.MethodType;
import com.aliyuncs.http.ProtocolType;
import com.aliyuncs.profile.DefaultProfile;
import com.google.gson.JsonElement;
import com.google.gson.JsonParser;
import java.lang.reflect.Method;
import java.util.List;
import java.util.Map;
import org.junit.jupiter.api.Test;

/** The older Java SDK, unmodified: only the endpoint is named. */
@ClaqueTest
class AliyunJavaSdkTest {
  @Test
  void typedRequestsPlayTheStory(World world) throws Exception {
    Story.play("aliyun-java-sdk-live, typed", world, (where, secret) -> {
      IAcsClient client = client(where, secret);
      return (operation, parameters) -> typed(client, where, operation, parameters);
    });
  }

  @Test
  void commonRequestsPlayTheStory(World world) throws Exception {
    Story.play("aliyun-java-sdk-core, CommonRequest", world, (where, secret) -> {
      IAcsClient client = client(where, secret);
      return (operation, parameters) -> common(client, where, operation, parameters);
    });
  }

  private static IAcsClient client(World world, String secret) {
    return new DefaultAcsClient(DefaultProfile.getProfile("cn-shanghai", world.accessKeyId(), secret));
  }

  private static JsonElement typed(IAcsClient client, World world, String operation, Map<String, Object> parameters)
      throws Exception {
    String name = "com.aliyuncs.live.model.v20161101." + operation + "Request";
    AcsRequest<?> request = (AcsRequest<?>) Class.forName(name).getConstructor().newInstance();
    request.setSysEndpoint(world.endpoint());
    request.setSysProtocol(ProtocolType.HTTP);
    for (Map.Entry<String, Object> each : parameters.entrySet()) set(request, each.getKey(), each.getValue());
    try {
      AcsResponse answer = client.getAcsResponse(request);
      // What the SDK made of the answer, by the names of its fields.
      return Story.GSON.toJsonTree(answer);
    } catch (ClientException error) {
      throw refused(error);
    }
  }

  private static void set(Object request, String name, Object value) throws Exception {
    for (Method method : request.getClass().getMethods()) {
      if (!method.getName().equals("set" + name) || method.getParameterCount() != 1) continue;
      Class<?> wanted = method.getParameterTypes()[0];
      Object given = value;
      if (wanted == Integer.class) given = ((Number) value).intValue();
      else if (wanted == String.class) given = value.toString();
      method.invoke(request, given);
      return;
    }
    throw new AssertionError(request.getClass().getSimpleName() + " has no set" + name);
  }

  private static JsonElement common(IAcsClient client, World world, String operation, Map<String, Object> parameters)
      throws Exception {
    CommonRequest request = new CommonRequest();
    request.setSysDomain(world.endpoint());
    request.setSysProtocol(ProtocolType.HTTP);
    request.setSysMethod(MethodType.POST);
    request.setSysVersion("2016-11-01");
    request.setSysAction(operation);
    for (Map.Entry<String, Object> each : parameters.entrySet()) {
      if (each.getValue() instanceof List) {
        int number = 0;
        for (Object item : (List<?>) each.getValue()) put(request, operation, each.getKey() + "." + ++number, item);
      } else {
        put(request, operation, each.getKey(), Story.asJson(each.getValue()));
      }
    }
    try {
      return JsonParser.parseString(client.getCommonResponse(request).getData());
    } catch (ClientException error) {
      throw refused(error);
    }
  }

  private static void put(CommonRequest request, String operation, String name, Object value) {
    if (Story.isLive(operation)) request.putQueryParameter(name, value.toString());
    else request.putBodyParameter(name, value.toString());
  }

  private static Exception refused(ClientException error) {
    // This SDK tells no status.
    return error.getErrCode() == null ? error : new Story.Refused(null, error.getErrCode());
  }
}
